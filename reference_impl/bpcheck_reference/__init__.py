"""Reference implementations of the practices that bpcheck's rules speak of. None is here yet.

Each will be one module that needs PyTorch only and never the checker, small enough to read in one sitting, with a
numeric test against a closed form or an independent computation. The package stands here already so that the layout
of the distribution, and the name to import from, stay what they are.
"""
