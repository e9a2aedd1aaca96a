"""The window of HiPrompt: what an artist asks for, sees and corrects; the core does the drawing."""
