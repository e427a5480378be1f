import { Module } from '@nestjs/common';
import type { DynamicModule, Provider } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR, APP_PIPE, DiscoveryModule } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { catalogueRefusals } from '#catalogue';
import { catalogueHandlers } from '#catalogue/nest';
import { directoryRefusals } from '#directory';
import { directoryHandlers, DocumentFiles } from '#directory/nest';
import { Register } from '#directory/node';
import { EventStore, Recorder } from '#event-store';
import { BlobStore, evidenceRefusals, Uploads } from '#evidence';
import { evidenceHandlers } from '#evidence/nest';
import { figureRefusals } from '#figures';
import { figureHandlers } from '#figures/nest';
import { Projector, ReadModels } from '#read-models/node';
import type { RefusalCatalogue } from '#kernel';
import { AuthGuard } from './access/auth.guard.ts';
import { EvidenceVisibility } from './access/evidence-visibility.ts';
import { PolicyCheck } from './access/policy-check.ts';
import { RateLimit } from './access/rate-limit.ts';
import { Sessions } from './access/sessions.ts';
import { Visibility } from './access/visibility.ts';
import { WaitsInterceptor } from './access/waits.interceptor.ts';
import type { Configuration } from './configuration/configuration.ts';
import { LedgerFolder } from './configuration/ledger-folder.ts';
import { HealthController } from './health/health.controller.ts';
import { Readiness } from './health/readiness.ts';
import { requestAndKernelRefusals } from './http/refusals.ts';
import { RequestPipe } from './http/request.pipe.ts';
import type { Instruments } from './instruments.ts';
import { LedgerClock } from './ledger-clock.ts';
import { LedgerLog } from './log/ledger-log.ts';
import { LogController } from './log/log.controller.ts';
import { ReceiptsController } from './log/receipts.controller.ts';
import { StreamHeadsController } from './log/stream-heads.controller.ts';
import type { Parts } from './parts.ts';
import { ActivationsController } from './resources/activations.controller.ts';
import { AgenciesController } from './resources/agencies.controller.ts';
import { BootstrapController } from './resources/bootstrap.controller.ts';
import { Commands } from './resources/commands.ts';
import { ContributionsController } from './resources/contributions.controller.ts';
import { DirectoryReadsController } from './resources/directory-reads.controller.ts';
import { EvidenceDocumentFiles } from './resources/document-files.ts';
import { EvidenceController } from './resources/evidence.controller.ts';
import { EvidenceUpkeep } from './resources/evidence-upkeep.ts';
import { FigureReadsController } from './resources/figure-reads.controller.ts';
import { FiguresController } from './resources/figures.controller.ts';
import { FindingsController } from './resources/findings.controller.ts';
import { FrameworksController } from './resources/frameworks.controller.ts';
import { FrontDoorController } from './resources/front-door.controller.ts';
import { PeopleController } from './resources/people.controller.ts';
import { ProblemsController } from './resources/problems.controller.ts';
import { RecordsController } from './resources/records.controller.ts';
import { RegisterSweep } from './resources/register-sweep.ts';
import { ReviewBodiesController } from './resources/review-bodies.controller.ts';
import { RoundReadsController } from './resources/round-reads.controller.ts';
import { RoundsController } from './resources/rounds.controller.ts';
import { SessionsController } from './resources/sessions.controller.ts';
import { SecurityInterceptor } from './security/security.interceptor.ts';
import { SecurityWatch } from './security/security-watch.ts';
import { evidenceBytesMax, interferences, refusalCatalogue } from './tokens.ts';

/** Every refusal there is, each code once: what `/problems` describes. */
export const allRefusals: RefusalCatalogue = {
  ...requestAndKernelRefusals,
  ...directoryRefusals,
  ...catalogueRefusals,
  ...evidenceRefusals,
  ...figureRefusals,
};

const controllers = [
  ActivationsController,
  AgenciesController,
  BootstrapController,
  ContributionsController,
  DirectoryReadsController,
  EvidenceController,
  FigureReadsController,
  FiguresController,
  FindingsController,
  FrameworksController,
  FrontDoorController,
  HealthController,
  LogController,
  PeopleController,
  ProblemsController,
  ReceiptsController,
  RecordsController,
  ReviewBodiesController,
  RoundReadsController,
  RoundsController,
  SessionsController,
  StreamHeadsController,
];

/** The application: which part fills which port, and nothing else. */
@Module({})
export class LedgerModule {
  static of(parts: Parts, configuration: Configuration, instruments: Instruments): DynamicModule {
    return {
      module: LedgerModule,
      imports: [CqrsModule.forRoot(), DiscoveryModule],
      controllers,
      providers: [
        ...opened(parts, configuration, instruments),
        ...directoryHandlers,
        ...catalogueHandlers,
        ...evidenceHandlers,
        ...figureHandlers,
        { provide: DocumentFiles, useClass: EvidenceDocumentFiles },
        Commands,
        RegisterSweep,
        Sessions,
        EvidenceUpkeep,
        EvidenceVisibility,
        Visibility,
        PolicyCheck,
        { provide: APP_GUARD, useClass: AuthGuard },
        // First, so that it sees each answer as it will leave.
        { provide: APP_INTERCEPTOR, useClass: SecurityInterceptor },
        { provide: APP_INTERCEPTOR, useClass: WaitsInterceptor },
        { provide: APP_PIPE, useClass: RequestPipe },
      ],
    };
  }
}

/** What was opened before Nest began, each under the class that asks for it. */
function opened(
  parts: Parts,
  configuration: Configuration,
  { securityLog }: Instruments,
): Provider[] {
  const { folder, store, recorder, register, blobs, uploads, projector, clock } = parts;
  // A whole office may sit behind one address; each login is throttled by the register besides.
  const attempts = new RateLimit({ clock, burst: 120, refillMs: 500, keysMax: 10_000 });
  return [
    { provide: LedgerFolder, useValue: folder },
    { provide: LedgerLog, useValue: parts.ledgerLog },
    { provide: EventStore, useValue: store },
    { provide: Recorder, useValue: recorder },
    { provide: Register, useValue: register },
    { provide: BlobStore, useValue: blobs },
    { provide: Uploads, useValue: uploads },
    { provide: interferences, useValue: parts.interferences },
    { provide: Projector, useValue: projector },
    { provide: ReadModels, useValue: new ReadModels({ db: parts.database.db }) },
    { provide: LedgerClock, useValue: new LedgerClock(clock) },
    { provide: RateLimit, useValue: attempts },
    { provide: Readiness, useValue: new Readiness(parts, securityLog) },
    { provide: SecurityWatch, useValue: new SecurityWatch(securityLog, register) },
    { provide: refusalCatalogue, useValue: allRefusals },
    { provide: evidenceBytesMax, useValue: configuration.evidenceBytesMax },
  ];
}
