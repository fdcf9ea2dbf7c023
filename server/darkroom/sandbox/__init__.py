"""The gateway's stand-in: real HTTP on a loopback port, real pictures, no charge."""
