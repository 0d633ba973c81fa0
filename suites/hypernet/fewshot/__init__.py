"""The task fewshot: a classifier for classes that are told by a few labelled examples."""
