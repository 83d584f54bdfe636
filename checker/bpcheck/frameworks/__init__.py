"""What frameworks do by themselves, written down as plain PyTorch: one file a framework.

The modules in this folder are never imported. The evaluator reads them like a project's own files and evaluates a class
of theirs wherever a program uses the framework's, so a ``Trainer.fit`` is the loop that it stands for, and no rule
needs to know any framework. They say what happens, in which order, and with which defaults; they leave out whatever
no rule asks for (devices, logging, checkpoint formats). All that happens in them is reported at the user's own call.

Some words are theirs alone, imported ``from bpcheck.frameworks``: ``does`` names the framework and what it does unasked,
``at`` says which of the user's objects is the place of what follows, ``network`` is one that is known by name only
(and ``array`` data), ``arguments`` are those that an object was made with, ``defaults`` those that a constructor has, as
options that whoever runs the program may set, ``options`` fills a dataclass as a command line does, ``modes`` are those of a
network and its parts, which ``restore`` puts back, ``stop()`` ends the training, ``searches_rate()`` says that several learning
rates are tried out, ``keeps_statistics(model)`` that the framework looks after the batch norm of frozen layers,
``known(test)`` says whether a test is known to hold, and ``unknown()`` is a value that nothing is known of.
"""
