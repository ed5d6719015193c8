"""What LLMs were like on earlier tasks: the file it lies in, where it comes from, and what it says of a new panel."""
