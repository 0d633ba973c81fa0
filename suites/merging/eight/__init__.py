"""The task `eight`: real pretrained weights, fine-tuned on eight data sets."""
