import { Field, type FieldProps } from "./field";

/** A labeled input for an email address. */
export function EmailField(props: FieldProps) {
  return <Field type="email" inputMode="email" autoCapitalize="none" spellCheck={false} {...props} />;
}
