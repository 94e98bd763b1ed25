// The path by which scripts of version 0.1 move a database.
import './operations/cli/db-move.js';
