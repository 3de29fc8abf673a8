"""What the families of latent diffusion share: where a model comes from, and its parts' common calls."""
