"""Those who use the product: actors, their roles and where these hold."""
