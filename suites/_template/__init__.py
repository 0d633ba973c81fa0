"""My suite: classifying small images from few labels."""
