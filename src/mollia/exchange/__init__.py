"""Files of other labelling tools: rows on their way there, and what people said of them on their way back."""
