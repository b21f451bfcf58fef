"""Dialogs: export, recovery, keys and preferences, contact sheet, questions."""
