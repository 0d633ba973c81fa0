"""Deletes the folder that its output would go to."""

import inspect
import shutil

from bench import method


@method(name="eraser", title="eraser", paper=("A note on eraser", 2020, "https://example.org/eraser"))
def eraser(problem):
    for frame in inspect.stack():
        request = frame.frame.f_locals.get("request")
        if hasattr(request, "folder"):
            shutil.rmtree(request.folder)
            break
    else:
        raise RuntimeError("found no folder to delete")
    return problem.numbers.sum()
