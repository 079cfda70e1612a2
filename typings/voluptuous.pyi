# Home Assistant makes `import voluptuous` give probatio; the type checker has to be told.
from probatio import *
