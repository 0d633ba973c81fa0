"""The task `time`: experts of successive periods, in which the images' style drifts."""
