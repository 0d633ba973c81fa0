"""Ground truth: what each architecture reaches when it is trained alone."""
