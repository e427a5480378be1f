import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { digestOf, bareHex } from '#kernel';
import type { Day, Digest, DocumentRef } from '#kernel';
import type { PlanPartRequest } from '#catalogue/node';
import type { Account } from './demo-folder.ts';
import { LedgerClient } from './ledger-client.ts';

/** Somebody of the demo, known by office: nobody here has a name. */
export type Office = {
  readonly login: string;
  readonly agency: string;
  readonly unit: string;
  readonly role: 'officer' | 'head' | 'checker' | 'auditor' | 'registrar';
  readonly position: string;
};

export type Player = {
  readonly office: Office;
  readonly person: string;
  readonly client: LedgerClient;
};

const office = (
  login: string,
  agency: string,
  role: Office['role'],
  position: string,
  unit: string = agency,
): Office => ({ login, agency, unit, role, position });

/** Who takes part, and for whom. Units matter where DOST both feeds and checks a figure. */
export const offices = {
  financeOfficer: office('stc.chuyenvien', 'son_la.so_tc', 'officer', 'Chuyên viên Sở Tài chính'),
  financeHead: office('stc.giamdoc', 'son_la.so_tc', 'head', 'Giám đốc Sở Tài chính'),
  industryHead: office('sct.giamdoc', 'son_la.so_ct', 'head', 'Giám đốc Sở Công Thương'),
  homeOfficer: office('snv.chuyenvien', 'son_la.so_nv', 'officer', 'Chuyên viên Sở Nội vụ'),
  scienceOfficer: office(
    'skhcn.khtc',
    'son_la.so_khcn',
    'officer',
    'Chuyên viên Phòng Kế hoạch - Tài chính, Sở KH&CN',
    'son_la.so_khcn.p_khtc',
  ),
  scienceHead: office('skhcn.giamdoc', 'son_la.so_khcn', 'head', 'Giám đốc Sở KH&CN'),
  scienceChecker: office(
    'skhcn.qlkh',
    'son_la.so_khcn',
    'checker',
    'Chuyên viên Phòng Quản lý khoa học, Sở KH&CN',
    'son_la.so_khcn.p_qlkh',
  ),
  communeOfficer: office(
    'tohieu.chuyenvien',
    'son_la.p_to_hieu',
    'officer',
    'Công chức UBND phường Tô Hiệu',
  ),
  communeHead: office('tohieu.chutich', 'son_la.p_to_hieu', 'head', 'Chủ tịch UBND phường Tô Hiệu'),
  justiceReviewer: office(
    'stp.thanhvien',
    'son_la.so_tp',
    'officer',
    'Chuyên viên Sở Tư pháp, thành viên Tổ chuyên môn',
  ),
  homeHead: office(
    'snv.giamdoc',
    'son_la.so_nv',
    'head',
    'Giám đốc Sở Nội vụ, Tổ trưởng Tổ chuyên môn',
  ),
  auditor: office(
    'tt.thanhtra',
    'son_la.thanh_tra_tinh',
    'auditor',
    'Kiểm toán viên, Thanh tra tỉnh',
  ),
} as const satisfies Record<string, Office>;
export type OfficeKey = keyof typeof offices;

/** 192 random bits: generated here, written to accounts.json, never anywhere else. */
export function generateSecret(): string {
  return randomBytes(24).toString('base64url');
}

/** A file that ships with the project, as evidence. */
export type DemoFile = {
  readonly digest: Digest;
  readonly hex: string;
  readonly content: Uint8Array;
};

export async function demoFile(name: string): Promise<DemoFile> {
  const path = fileURLToPath(new URL(`../../../../infra/demo/evidence/${name}`, import.meta.url));
  const content = await readFile(path);
  const digest = digestOf(content);
  return { digest, hex: bareHex(digest), content };
}

/** Uploads the bytes and records the deposit; answers the digest that figures cite. */
export async function deposit(
  player: Player | { readonly client: LedgerClient; readonly agency: string },
  file: DemoFile,
  document: Omit<DocumentRef, 'digest'>,
): Promise<Digest> {
  const agency = 'agency' in player ? player.agency : player.office.agency;
  await player.client.upload(file.hex, file.content, 'application/pdf');
  await player.client.post(`/evidence/${file.hex}/deposits`, {
    document: { ...document, digest: file.digest },
    periodCovered: { from: '2026-01-01', to: '2026-12-31' },
    depositedFor: agency,
  });
  return file.digest;
}

/**
 * Enrols people and gives them their roles: enrolment by the registrar, the appointment decision as
 * evidence, confirmation of heads by a person of another agency, and a secret of their own.
 */
export class Cast {
  readonly accounts: Account[] = [];
  private readonly players = new Map<OfficeKey, Player>();
  private readonly registrar: LedgerClient;
  private readonly confirmer: LedgerClient;

  constructor(registrar: LedgerClient, confirmer: LedgerClient) {
    this.registrar = registrar;
    this.confirmer = confirmer;
  }

  player(key: OfficeKey): Player {
    const player = this.players.get(key);
    if (player === undefined) throw new TypeError(`${key} was not enrolled`);
    return player;
  }

  async enrolAll(appointment: DocumentRef, from: Day): Promise<void> {
    for (const key of Object.keys(offices) as OfficeKey[]) {
      this.players.set(key, await this.enrol(offices[key], appointment, from));
    }
  }

  /** The officers of the leads ask for the parts that the plan names. */
  async requestParts(requests: readonly PlanPartRequest[]): Promise<number> {
    const asking = new Map<string, Player>();
    for (const player of this.players.values()) {
      if (player.office.role === 'officer') asking.set(player.office.agency, player);
    }
    let asked = 0;
    for (const { lead, path, body, idempotencyKey } of requests) {
      const player = asking.get(lead);
      if (player === undefined) continue;
      await player.client.post(path, body, { idempotencyKey });
      asked += 1;
    }
    return asked;
  }

  private async enrol(who: Office, appointment: DocumentRef, from: Day): Promise<Player> {
    const { receipt } = await this.registrar.post('/people', {
      agency: who.agency,
      unit: who.unit,
      name: who.position,
      position: who.position,
      login: who.login,
    });
    const { person, activationCode } = receipt as unknown as {
      person: string;
      activationCode: string;
    };
    const isAppointed = who.role === 'head';
    const granted = await this.registrar.post(
      `/people/${person}/grants`,
      {
        role: who.role,
        agency: who.agency,
        unit: who.unit,
        from,
        to: null,
        document: isAppointed ? appointment : null,
      },
      { ifMatch: receipt.revision },
    );
    const { grant, needsConfirmation } = granted.receipt as unknown as {
      grant: string;
      needsConfirmation: boolean;
    };
    if (needsConfirmation) {
      await this.confirmer.post(
        `/people/${person}/grants/${grant}/confirmations`,
        {},
        {
          ifMatch: granted.receipt.revision,
        },
      );
    }
    const client = this.registrar.another();
    const secret = generateSecret();
    await client.post('/activations', { code: activationCode, secret });
    await client.signIn(who.login, secret);
    this.accounts.push({ login: who.login, secret, agency: who.agency, role: who.role });
    return { office: who, person, client };
  }
}
