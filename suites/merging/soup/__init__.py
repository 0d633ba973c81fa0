"""The task `soup`: many fine-tunings of one pretrained network on the same data."""
