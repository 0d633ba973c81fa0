"""The suite hypernet: how reliably hypernetworks train, and what they reach."""
