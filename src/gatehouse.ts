// The path by which scripts of version 0.1 call the command line.
import './command-line.js';
