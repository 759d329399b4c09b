import { Tabs } from "radix-ui";

import { CodeBlock } from "./code-block";
import { languages, type SampleLanguage } from "./samples";

const NAMES: Record<SampleLanguage, string> = { curl: "curl", python: "Python", javascript: "JavaScript" };

type Props = {
  samples: Record<SampleLanguage, string>;
  label: string;
  /** One choice applies to all samples of the page. */
  language: SampleLanguage;
  onLanguage: (language: SampleLanguage) => void;
};

/** A sample in several languages. */
export function CodeTabs({ samples, label, language, onLanguage }: Props) {
  return (
    <Tabs.Root
      value={language}
      onValueChange={(value) => onLanguage(value as SampleLanguage)}
      className="grid min-w-0 grid-cols-1 gap-2"
    >
      <Tabs.List aria-label={label} className="flex gap-1">
        {languages.map((one) => (
          <Tabs.Trigger
            key={one}
            value={one}
            className="text-muted hover:text-text data-[state=active]:bg-accent-soft data-[state=active]:text-text min-h-11 cursor-pointer rounded-lg px-4 text-sm font-medium"
          >
            {NAMES[one]}
          </Tabs.Trigger>
        ))}
      </Tabs.List>
      {languages.map((one) => (
        <Tabs.Content key={one} value={one} className="min-w-0">
          <CodeBlock code={samples[one]} label={`${label}, ${NAMES[one]}`} />
        </Tabs.Content>
      ))}
    </Tabs.Root>
  );
}
