"""Renders the demo catalogue and the customer photos with Blender as a Python module. Never imported by the shop."""
