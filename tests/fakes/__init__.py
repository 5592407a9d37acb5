"""Providers on loopback: real HTTP and real gRPC, for the real SDKs to talk to."""
