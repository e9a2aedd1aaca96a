"""Families of diffusion models, each behind the one interface that the denoising loop knows."""
