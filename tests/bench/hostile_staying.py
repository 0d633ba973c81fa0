"""Methods that leave something on, or work where nobody counts.

Here: a case of `STAYING` is a function's body, the status of its row, and words of its reason; one
of `UNMETERED` a body, whose row is `ok` and flagged. Not here: the names that the lines use, and all
other cases (tests/bench/hostile_cases.py).
"""

from __future__ import annotations

STAYING = {
    # what it leaves on
    "goes_on_in_threads": (
        "for _ in range(4): threading.Thread(target=lambda: [open('t', 'w') for _ in iter(int, 1)], daemon=True).start()",
        "ok",
        "",
    ),
    "goes_on_at_exit": ("import atexit\n    atexit.register(time.sleep, 600)", "ok", ""),
    "goes_on_in_a_finaliser": (
        "class Late:\n        def __del__(self): time.sleep(600)\n    global kept\n    kept = Late()",
        "ok",
        "",
    ),
    "traces_the_harness": (
        "sys.setprofile(lambda *a: None)\n    threading.setprofile(lambda *a: None)",
        "ok",
        "",
    ),
    "changes_another_method": (
        "import methods.toy.half as other\n    other.half = other.scaled = lambda *a: 1 / 0",
        "ok",
        "",
    ),
    "changes_the_scorer_here": (
        "import suites.toy.scoring as s\n    s.distance = lambda *a: 0.0",
        "ok",
        "",
    ),
    "changes_torch": (
        "torch.Tensor.sum = torch.add = torch.load = lambda *a, **k: 1 / 0",
        "ok",
        "",
    ),
    "changes_the_environment": (
        "os.environ.update(LD_PRELOAD='/tmp/evil.so', PYTHONSTARTUP='/tmp/e.py', PYTHONPATH='/tmp', HOME='/', PATH='')\n    sys.path[:] = ['/tmp']",
        "ok",
        "",
    ),
    "goes_elsewhere": ("os.chdir('/')", "ok", ""),
    "unimports_the_engine": (
        "[sys.modules.pop(n) for n in list(sys.modules) if n.startswith(('bench', 'suites'))]",
        "ok",
        "",
    ),
    "stops_collecting": (
        "import gc, faulthandler\n    gc.disable(); gc.freeze(); faulthandler.enable(); sys.setswitchinterval(1e-6)",
        "ok",
        "",
    ),
    "blocks_every_signal": (
        "signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n    time.sleep(600)",
        "timeout",
        "deadline of 12 s",
    ),
    "may_write_no_file": (
        "resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))",
        "crashed",
        "File too large",
    ),
    "may_open_no_file": ("resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))", "crashed", ""),
    "may_take_no_time": (
        "resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\n    while True: pass",
        "crashed",
        "died of SIG",
    ),
    "aborts": ("os.abort()", "crashed", "died of SIGABRT"),
    "reads_nowhere": ("ctypes.string_at(0)", "crashed", "died of SIGSEGV"),
    "fills_its_scratch": (
        "file = os.open('big', os.O_CREAT | os.O_WRONLY); os.posix_fallocate(file, 0, 400 << 20)\n    time.sleep(600)",
        "crashed",
        "its scratch folder held more than 300 MiB",
    ),
    "makes_many_files": (
        "[open(f'file{i}', 'w').close() for i in range(12_000)]\n    time.sleep(600)",
        "crashed",
        "10000 files",
    ),
    "starts_many": (
        "for _ in range(300): os.posix_spawn('/bin/sleep', ['sleep', '600'], {'WEIGHHOUSE_HOME': str(HOME)})\n    time.sleep(600)",
        "crashed",
        "more than 256 processes",
    ),
    "hides_a_daemon": (
        "if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0:\n"
        "            os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)\n"
        "        os._exit(0)",
        "ok",
        "",
    ),
    "starts_anew_when_killed": (
        "def hydra():\n"
        "        while True:\n"
        "            if os.fork() == 0: time.sleep(600)\n"
        "            else: os.wait()\n"
        "    if os.fork() == 0: hydra()",
        "ok",
        "",
    ),
}

UNMETERED = {
    # .9 s of a core each and more, where .5 s need no explanation
    "works_in_another_process": (
        'script = \'import time\\nwhile time.process_time() < .9: pass\\nopen("done", "w")\\ntime.sleep(60)\'\n'
        "    subprocess.Popen([sys.executable, '-c', script])\n"
        "    wait()"
    ),
    "works_in_a_daemon": (
        "if os.fork() == 0:\n"
        "        os.setsid()\n"
        "        if os.fork() == 0: os.setsid(); burn(); time.sleep(60)\n"
        "        os._exit(0)\n"
        "    wait()"
    ),
    "works_unwaited": "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n    if os.fork() == 0: burn(); time.sleep(.3); os._exit(0)\n    wait()",
    "works_in_bursts": (
        "signal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        "    for _ in range(30):\n"
        "        if os.fork() == 0: burn(time.process_time() + .1); os._exit(0)\n"
        "        time.sleep(.15)"
    ),
    "works_in_threads": (
        "import hashlib\n"
        "    work = lambda: hashlib.pbkdf2_hmac('sha256', b'', b'', 2_000_000)\n"
        "    pool = [threading.Thread(target=work) for _ in range(2)]\n"
        "    [t.start() for t in pool]; [t.join() for t in pool]"
    ),
    "works_in_numpy": "import numpy\n    a = numpy.ones((500, 500)); end = time.process_time() + .9\n    while time.process_time() < end: a @ a",
    "works_and_denies_it": (
        "resource.getrusage = lambda *a: resource.struct_rusage([0.0] * 16)\n"
        "    burn(time.process_time() + .9); time.process_time = lambda: 0.0"
    ),
}
