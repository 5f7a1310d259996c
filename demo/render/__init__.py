"""Render the demo's catalogue pictures and customer photos with Blender. The shop never imports this package."""
