// mobile-bridge/cli/errand.hpp -- carries out what the library says is to be posted and signed for this phone's key.
#pragma once

#include "crypto/key_pair.hpp"
#include "mobile-bridge/cli/https_client.hpp"
#include "mobile-bridge/cli/phone_handle.hpp"

namespace doorstep::cli {

/// From the first step that the library gave to the last. Errors: those of the library and the server; of
/// awaiting_confirmation, `found` is {"digits":"042917"}.
Status carry_out_steps(PhoneHandle& phone, HttpsClient& client, const crypto::KeyPair& key,
                       Result<std::string> first_step);

/// Lets the phone in: fetches a token by its key, which is made known before where it came before phones had keys. A
/// proof whose answer was lost is not taken twice, so it begins anew once. Errors: as above.
Status let_in(PhoneHandle& phone, HttpsClient& client, const crypto::KeyPair& key);

}  // namespace doorstep::cli
