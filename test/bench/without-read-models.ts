import { Projector } from '#read-models/node';

/**
 * Loaded into a server before it starts (`--import`): its read models are then never followed. The
 * difference to an ordinary server is what keeping them up to date costs those who write.
 */
Projector.prototype.start = () => Promise.resolve();
