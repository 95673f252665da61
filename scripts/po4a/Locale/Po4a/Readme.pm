# SPDX-License-Identifier: GPL-2.0
#
# po4a's Markdown, but without what stands between fences: commands and ladders are the same in every language.
# A paragraph becomes one line: in Chinese the end of a line would be read as a blank.

package Locale::Po4a::Readme;

use strict;
use warnings;
use parent qw(Locale::Po4a::Text);

sub initialize {
    my ( $self, %options ) = @_;

    $self->SUPER::initialize( %options, markdown => 1 );
}

sub translate {
    my ( $self, $text, $ref, $type, %options ) = @_;

    return $text if $type =~ /^Fenced code block/;
    $options{wrapcol} = 10000 if $options{wrap};
    return $self->SUPER::translate( $text, $ref, $type, %options );
}

1;
