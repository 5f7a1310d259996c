"""Compact shader node trees: functions take sockets and numbers and return sockets."""

from typing import Any

import bpy

Socket = Any  # a node socket, a number or a tuple


class ShaderGraph:
    """The node tree of one material, with the arithmetic that the patterns need."""

    def __init__(self, name: str) -> None:
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()

    def node(self, kind: str, inputs: dict[Any, Socket] | None = None, **attributes: Any) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        for key, value in attributes.items():
            setattr(node, key, value)
        for key, value in (inputs or {}).items():
            self.feed(node.inputs[key], value)
        return node

    def feed(self, socket: bpy.types.NodeSocket, value: Socket) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif isinstance(value, tuple) and len(value) == 3 and socket.type == "RGBA":
            socket.default_value = (*value, 1.0)
        else:
            socket.default_value = value

    def math(self, operation: str, a: Socket, b: Socket = 0.0, c: Socket = 0.0) -> bpy.types.NodeSocket:
        return self.node("ShaderNodeMath", {0: a, 1: b, 2: c}, operation=operation).outputs[0]

    def mix(self, factor: Socket, a: Socket, b: Socket) -> bpy.types.NodeSocket:
        return self.node("ShaderNodeMix", {0: factor, 6: a, 7: b}, data_type="RGBA").outputs[2]

    def mix_float(self, factor: Socket, a: Socket, b: Socket) -> bpy.types.NodeSocket:
        return self.node("ShaderNodeMix", {0: factor, 2: a, 3: b}, data_type="FLOAT").outputs[0]

    def step(self, value: Socket, low: float, high: float) -> bpy.types.NodeSocket:
        """Return 0 below low, 1 above high and a smooth ramp between them."""
        inputs = {"Value": value, "From Min": low, "From Max": high}
        return self.node("ShaderNodeMapRange", inputs, interpolation_type="SMOOTHSTEP").outputs[0]

    def uv(self) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
        split = self.node("ShaderNodeSeparateXYZ", {0: self.node("ShaderNodeTexCoord").outputs["UV"]})
        return split.outputs[0], split.outputs[1]

    def object_coords(self, scale: tuple[float, float, float] = (1, 1, 1)) -> bpy.types.NodeSocket:
        coords = self.node("ShaderNodeTexCoord").outputs["Object"]
        return self.node("ShaderNodeMapping", {"Vector": coords, "Scale": scale}).outputs[0]

    def noise(
        self, scale: float, detail: float = 3.0, vector: Socket = None, distortion: float = 0.0
    ) -> bpy.types.NodeSocket:
        inputs: dict[Any, Socket] = {"Scale": scale, "Detail": detail, "Distortion": distortion}
        inputs["Vector"] = self.object_coords() if vector is None else vector
        return self.node("ShaderNodeTexNoise", inputs).outputs[0]

    def spots(self, scale: float, size: float, keep: float) -> bpy.types.NodeSocket:
        """Return the mask of scattered round spots, in a fraction ``keep`` of the cells."""
        cell = self.node("ShaderNodeTexVoronoi", {"Vector": self.object_coords(), "Scale": scale})
        split = self.node("ShaderNodeSeparateColor", {0: cell.outputs["Color"]})
        radius = self.math("MULTIPLY", split.outputs[0], size)
        inside = self.math("LESS_THAN", cell.outputs["Distance"], radius)
        return self.math("MULTIPLY", inside, self.math("LESS_THAN", split.outputs[1], keep))

    def bump(self, height: Socket, strength: float, distance: float = 0.05) -> bpy.types.NodeSocket:
        inputs = {"Height": height, "Strength": strength, "Distance": distance}
        return self.node("ShaderNodeBump", inputs).outputs[0]

    def principled(self, **inputs: Socket) -> bpy.types.NodeSocket:
        """Add a Principled BSDF; keyword names are socket names with underscores for spaces."""
        named = {key.replace("_", " "): value for key, value in inputs.items()}
        return self.node("ShaderNodeBsdfPrincipled", named).outputs[0]

    def output(self, surface: bpy.types.NodeSocket) -> bpy.types.Material:
        self.node("ShaderNodeOutputMaterial", {"Surface": surface})
        return self.material
