//! Accounts that are stored as Borsh: eight bytes that tell the type, then the fields.

/// Makes a type the content of accounts of this program. Anchor's attribute gives the same bytes, but the code that it derives writes each field on its own to
/// every kind of writer, with an error for each; here they are collected, then written at once. The attribute remains where the interface is described.
macro_rules! stored {
    ($type:ident, $discriminator:expr) => {
        #[cfg(not(feature = "idl-build"))]
        const _: () = {
            use anchor_lang::{error::ErrorCode, prelude::*};

            impl Discriminator for $type {
                const DISCRIMINATOR: &'static [u8] = &$discriminator;
            }

            impl Owner for $type {
                fn owner() -> Pubkey {
                    crate::ID
                }
            }

            impl AccountSerialize for $type {
                fn try_serialize<W: std::io::Write>(&self, writer: &mut W) -> Result<()> {
                    writer.write_all(&self.stored()?).map_err(|_| ErrorCode::AccountDidNotSerialize.into())
                }
            }

            impl AccountDeserialize for $type {
                fn try_deserialize(data: &mut &[u8]) -> Result<Self> {
                    require!(data.len() >= Self::DISCRIMINATOR.len(), ErrorCode::AccountDiscriminatorNotFound);
                    if !data.starts_with(Self::DISCRIMINATOR) {
                        return Err(
                            error!(ErrorCode::AccountDiscriminatorMismatch).with_account_name(stringify!($type))
                        );
                    }
                    Self::try_deserialize_unchecked(data)
                }

                fn try_deserialize_unchecked(data: &mut &[u8]) -> Result<Self> {
                    let mut fields = data.get(Self::DISCRIMINATOR.len()..).unwrap_or_default();
                    AnchorDeserialize::deserialize(&mut fields).map_err(|_| ErrorCode::AccountDidNotDeserialize.into())
                }
            }

            impl $type {
                /// Returns the bytes of the account, without the zeros that may follow.
                #[inline(never)]
                fn stored(&self) -> Result<Vec<u8>> {
                    let mut data = Vec::with_capacity(Self::SPACE);
                    data.extend_from_slice(Self::DISCRIMINATOR);
                    AnchorSerialize::serialize(self, &mut data).map_err(|_| ErrorCode::AccountDidNotSerialize)?;
                    Ok(data)
                }
            }
        };
    };
}

pub(super) use stored;

#[cfg(all(test, not(feature = "idl-build")))]
mod tests {
    use super::super::{Counter, LiquidityRequest, Order, Proposal, RetiredShares};
    use anchor_lang::prelude::*;

    /// Types of the same names, with what anchor's attribute derives.
    mod derived {
        use anchor_lang::prelude::*;

        macro_rules! empty {
            ($($name:ident)*) => { $(
                #[account]
                pub struct $name {}
            )* };
        }
        empty!(Counter LiquidityRequest Order Proposal RetiredShares);
    }

    #[test]
    fn accounts_tell_their_types_as_anchor_does() {
        macro_rules! check {
            ($($name:ident)*) => { $(
                assert_eq!($name::DISCRIMINATOR, derived::$name::DISCRIMINATOR, stringify!($name));
            )* };
        }
        check!(Counter LiquidityRequest Order Proposal RetiredShares);
    }

    #[test]
    fn an_account_is_read_as_it_was_written_and_no_other_is() {
        let counter = Counter { version: 2, bump: 255, owner: crate::ID, next_number: 7, reserved: [0; 6] };
        let mut data = [0; Counter::SPACE + 3];
        counter.try_serialize(&mut &mut data[..]).unwrap();
        assert_eq!(data[..8], *Counter::DISCRIMINATOR);
        assert_eq!(data[8..Counter::SPACE], {
            let mut fields = Vec::new();
            counter.serialize(&mut fields).unwrap();
            fields
        });
        let read = Counter::try_deserialize(&mut &data[..]).unwrap();
        assert_eq!((read.owner, read.next_number), (crate::ID, 7));
        for (wrong, code) in [(&data[..7], 3001), (&data[1..], 3002), (&data[..Counter::SPACE - 1], 3003)] {
            let Error::AnchorError(error) = Counter::try_deserialize(&mut &*wrong).unwrap_err() else { panic!() };
            assert_eq!(error.error_code_number, code);
        }
        let short = &mut data[..Counter::SPACE - 1];
        let Error::AnchorError(error) = counter.try_serialize(&mut &mut *short).unwrap_err() else { panic!() };
        assert_eq!(error.error_code_number, 3004);
    }
}
