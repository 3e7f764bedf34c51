import { BadInputError } from "@ohmwork/core";

/**
 * The address of a broker as an option gives it: who else is on this machine can read a command line, and no log of it forgets.
 *
 * @throws BadInputError when a password stands in it
 */
export function brokerOption(address: string): string {
  if (!URL.canParse(address) || new URL(address).password === "") return address;
  throw new BadInputError(
    "Option --broker holds a password, which others can read here: write username: and password: into a file of your own, and give it as --credentials",
  );
}
