import { Controller, Get, Redirect } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Public } from '../access/policy.ts';

/** Whoever opens the bare address in a browser is led to what there is to read. */
@ApiExcludeController()
@Public()
@Controller()
export class FrontDoorController {
  @Get()
  @Redirect('/docs', 302)
  open(): void {
    // Nothing to do: the redirection is the answer.
  }
}
