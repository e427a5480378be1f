import { agencyModel } from './agency-model.ts';
import { contributionModel } from './contribution-model.ts';
import {
  evidenceDepositModel,
  evidenceLinkModel,
  evidenceModel,
  evidenceReferenceModel,
} from './evidence-model.ts';
import { figureModel } from './figure-model.ts';
import { findingModel } from './finding-model.ts';
import { frameworkModel } from './framework-model.ts';
import type { ReadModel } from './log-event.ts';
import { personModel } from './person-model.ts';
import { reviewBodyModel } from './review-body-model.ts';
import { roundModel } from './round-model.ts';

/** Every table of the read models. Whoever projects, rebuilds or dumps takes this list. */
export const readModels: readonly ReadModel[] = [
  agencyModel,
  contributionModel,
  evidenceDepositModel,
  evidenceLinkModel,
  evidenceModel,
  evidenceReferenceModel,
  figureModel,
  findingModel,
  frameworkModel,
  personModel,
  reviewBodyModel,
  roundModel,
];
