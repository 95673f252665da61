# SPDX-License-Identifier: GPL-2.0
#
# Lets po4a find what a lab says: its title, its notice and its explanations, each as one sentence or a few,
# joined as tools/lab_parse.c joins them. Everything else stays as it is.

package Locale::Po4a::Lab;

use strict;
use warnings;
use parent qw(Locale::Po4a::TransTractor);

sub initialize { }

# The text of the notice or of an explanation that has been gathered so far.
sub finish {
    my ( $self, $said ) = @_;

    return unless length $said->{text};
    my $text = $self->translate( $said->{text}, $said->{ref}, $said->{section} );
    $self->pushline("    $said->{number}$text\n");
    $said->{text} = '';
}

sub parse {
    my $self = shift;
    my %said = ( section => '', text => '' );

    while ( defined( ( my ( $line, $ref ) = $self->shiftline() )[0] ) ) {
        chomp $line;
        $line =~ s/[ \t]*#.*//;
        my ( $indent, $text ) = $line =~ /^([ \t]*)(.*)/;
        if ( $said{section} !~ /^(notice|explain)$/ || !length $indent ) {
            next if $text eq '' && length $said{text};
            $self->finish( \%said );
            $said{section} = $text if !length $indent && length $text;
            $line = "title " . $self->translate( $1, $ref, 'title' ) if $line =~ /^title (.*)/;
            $self->pushline("$line\n");
        } elsif ( length $said{text} && ( $said{section} eq 'notice' || $indent =~ /^(\t\t| {8})/ ) ) {
            $said{text} .= " $text";
        } elsif ( length $text ) {
            $self->finish( \%said );
            my ( $number, $rest ) = $said{section} eq 'explain' ? $text =~ /^([\d.]+ +)(.*)/ : ( '', $text );
            @said{qw(number text ref)} = ( $number, $rest, $ref );
        }
    }
    $self->finish( \%said );
}

1;
