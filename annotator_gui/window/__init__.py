"""The main window, and the parts that join the document, the canvas, the lists and the dialogs."""
