"""The task `lora`: a compositional grid whose experts are low-rank adapters, given as products."""
