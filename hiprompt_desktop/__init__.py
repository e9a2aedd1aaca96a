"""The window of HiPrompt: what an artist asks for, sees and corrects; the core does the drawing."""

from hiprompt_desktop.singleton_guard import guard_singletons

guard_singletons()
