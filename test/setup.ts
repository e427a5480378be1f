// Runs before every test file, in the same module registry. Nest 12 is ESM-only: a CommonJS package
// that requires it is refused "in a cycle" unless Nest was evaluated completely first.
import 'reflect-metadata';
import '@nestjs/common';
import '@nestjs/core';

// Read when the logger module is imported, so a beforeAll() would be too late.
process.env['LOG_LEVEL'] ??= 'silent';
