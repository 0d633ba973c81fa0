"""The compositional tasks: a grid of class groups x styles, of which experts know single cells."""
