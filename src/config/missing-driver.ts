import { catalogue } from "../checks/catalogue.js";
import { installHint } from "../checks/driver.js";

/** The command that installs what checks of this type need and is not there; undefined where nothing is missing. */
export function missingDriver(type: string): string | undefined {
  const declared = catalogue.find((each) => each.type === type);
  if (declared === undefined) throw new Error(`there is no check type ${type}`);
  return declared.driver === undefined ? undefined : installHint(declared.driver);
}
