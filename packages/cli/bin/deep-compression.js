#!/usr/bin/env node
// npm links commands before it builds: this file is there from the start, what it loads comes with the build.
import "../dist/main.js";
