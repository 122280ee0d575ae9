import type { Setting } from './setting.js';
import { environmentName, settingNames, settings } from './settings.js';

/** Defaults of more characters stand below the setting. */
const LONG_DEFAULT = 60;

/** The text of `--help`, made from the table of settings. */
export function helpText(width = 100): string {
  const lines = [
    'Rivero: a media server that speaks the Kurento Protocol.',
    '',
    'Usage: rivero [--config FILE] [--SETTING VALUE …]',
    '       rivero modules                          list the modules of media elements',
    '       rivero module new NAME [--kind KIND]    begin a module: docs/modules.md',
    '',
    'Settings come from the file (JSON; nested: {"media": {"port": 5000}}), then the environment, then the',
    'command line; the later overrules the earlier.',
    '',
    '  --config FILE      the file; also RIVERO_CONFIG',
    '  --print-config     print the resulting configuration as JSON and end',
    '  --help, --version',
    '',
  ];
  for (const name of settingNames) {
    const { kind, default: value, doc } = settings[name] as Setting<unknown>;
    const preset = JSON.stringify(value);
    const isShort = preset.length <= LONG_DEFAULT;
    const short = isShort ? `default ${preset}; ` : '';
    lines.push(`  --${name}  (${kind.label}; ${short}${environmentName(name)})`);
    const long = isShort ? '' : ` Default: ${preset.replaceAll('","', '", "')}`;
    lines.push(...wrap(doc + long, width - 6).map((line) => `      ${line}`));
  }
  return `${lines.join('\n')}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  lines.push(line);
  return lines;
}
