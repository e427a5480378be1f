import { Controller, Get, Header, HttpCode, Redirect } from '@nestjs/common';
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

  /** Browsers ask for it beside every page; 404 would stand in their console and in our log. */
  @Get('favicon.ico')
  @HttpCode(204)
  @Header('cache-control', 'public, max-age=86400')
  icon(): void {
    // There is none.
  }
}
