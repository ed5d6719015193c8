"""May the labels be believed."""
