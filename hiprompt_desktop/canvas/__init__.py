"""The picture: image pyramid, zoomable view, and the patch grid painted over it."""
