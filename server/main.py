"""Entry point of the bundle; the package is `server/darkroom`."""

from darkroom.__main__ import serve

if __name__ == "__main__":
    serve()
