"""Looks at one camera for some seconds and says whether it suits."""
