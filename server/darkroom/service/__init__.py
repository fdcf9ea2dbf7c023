"""The order of effects: what is written, sent and saved when. The front asks, the renderer pays and saves."""
