// core/model/origin.hpp -- where ops come from that the office carried into another stream: a record that was moved
// keeps its writes, their dots and their authors (docs/moves.md).
#pragma once

#include <optional>
#include <string>

#include "core/model/commit.hpp"

namespace doorstep {

/// The commit that wrote them first, as far as its words are told where it is not visible itself.
struct Origin {
    Dot dot;        ///< under which the ops hold; what supersedes them names it
    HashHead hash;  ///< of the commit
    Area area;      ///< where it wrote them; the compartment is the same
    Hlc hlc;        ///< the rest as in its header
    std::uint64_t wall_ms = 0;
    std::int64_t offset_ms = 0;
    std::string author;
    std::uint32_t form_version = 1;
    std::uint32_t first_line = 0;  ///< of a log that the ops begin with: the place of its first line in the commit

    /// Canonical bytes.
    Bytes pack() const;
    /// Errors: malformed.
    static Result<Origin> unpack(BytesView bytes);
    static Origin of(const Header& header, const Area& area);
};

/// Counts the lines of a log within one commit, op by op.
class LineCounter {
public:
    explicit LineCounter(std::uint32_t first_line) : next_(first_line) {}
    /// The place of the next value that is put into the field.
    std::uint32_t next(std::uint32_t field) {
        if (field_ != 0 && field != field_) next_ = 0;
        field_ = field;
        return next_++;
    }

private:
    std::uint32_t field_ = 0, next_;
};

/// The op that says so, among those that it speaks of. Errors: those of Value::blob().
Result<Op> origin_op(const Origin& origin);
/// Where the record's ops come from; nullopt: they are the commit's own.
std::optional<Origin> origin_of(const RecordOps& record);

}  // namespace doorstep
